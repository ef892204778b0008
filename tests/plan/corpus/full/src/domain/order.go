package domain

// Order is what a customer wants.
type Order struct{ Lines []OrderLine }

// OrderLine is an article and how many.
type OrderLine struct{ Count int }
