"""Income tax withheld from what is paid to non-residents without a permanent establishment."""
