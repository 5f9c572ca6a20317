"""The panel's screens, made from views without asking anybody anything."""
