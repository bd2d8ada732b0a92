"""The sign-in of people: lock-outs after failures, and a second factor. Consumer keys pass by none of this."""
