"""What bot and gateway share as servers."""
