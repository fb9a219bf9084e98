"""One address for everybody: identity, routes to the services, composed views."""
