"""When returns are filed and taxes paid."""
