"""The HTTP layer that all routes share: middleware, routing, errors, endpoints, OpenAPI."""
