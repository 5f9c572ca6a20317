"""What is asked of the services an installation works with: by `umbral doctor` at any time, by `umbral init` after each
answer. Nothing here changes anything anywhere."""
