"""The intake: bounds on what callers send, in bytes and seconds, judged before and while it is received.

`protocol` bounds headers and idle connections at the socket, `handler` decides whose body is read, `body` reads it,
`allowance` bounds the bodies in memory together, `transport` closes connections whose body stays unread.
"""
