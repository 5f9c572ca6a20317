"""What staff may do: how an act is declared, and the one way in which all of them are carried out."""
