"""`python -m matchmaker`: the command line where there is no script `matchmaker`."""

from matchmaker.cli import main

if __name__ == "__main__":
    main()
