"""What runs as cloud functions, and the ground they share."""
