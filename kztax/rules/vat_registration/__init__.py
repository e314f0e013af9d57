"""When turnover obliges to register for value added tax."""
