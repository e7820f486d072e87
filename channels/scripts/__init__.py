"""Scripts: what a channel does with a message. `contract` is what one is written against; docs/channels.md
shows how."""
