"""What the page's studio works with: the studio's parts, put together for one danmate."""
