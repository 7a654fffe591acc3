"""What each operation of the gateway sends and how its answer is read, without I/O: the decisions that both clients share."""
