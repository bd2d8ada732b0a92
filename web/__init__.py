"""How every endpoint of the project reads a request, knows its sender and answers: between the door and the views."""
