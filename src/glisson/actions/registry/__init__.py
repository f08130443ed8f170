"""What people do with a registry: one function each, through a door that says where it lies and who asks."""
