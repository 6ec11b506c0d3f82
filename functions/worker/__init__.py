"""Work through the open queue of jobs. aiart paints for one job at a time."""
