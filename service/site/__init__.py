"""The site: what pages of the store and regions come to, for people. HTTP is in service.routes.site."""
