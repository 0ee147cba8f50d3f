"""`python -m node` is `pollmesh`."""

from node.cli import main

main()
