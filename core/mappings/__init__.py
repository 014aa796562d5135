"""What operators decided: payments, shipping methods, statuses, carriers."""
