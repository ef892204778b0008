"""What extends the base template: the catalog of stacks and capabilities, and its compiler."""
