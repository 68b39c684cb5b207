"""The roll over HTTP: import, single voters, links, passes."""
