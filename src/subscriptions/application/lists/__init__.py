"""Lists of the console, the API, files and the command line, with their columns, filters and pages."""
