"""One module a group of commands; `node.cli` mounts their `app`s."""
