"""The shell: event loop, files, keys, links and commands around the pure core in `sync`."""
