"""The kit for DRF's class-based views, on the same functions as the plain endpoints.

`views` stands beside `web.endpoint`, `auth` beside `web.auth`, `permissions` beside `web.endpoint.Access`.
Bodies, errors, pages and serializers are shared: `web.bodies`, `web.errors`, `web.pagination`, `web.serializers`.
"""
