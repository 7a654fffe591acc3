"""Trust: nothing lost, nothing invented, nobody let in. A package, because its tests share a server and a table of faults."""
