"""Answer what the outside may ask over HTTP: jobs, their status, links to pictures."""
