"""What is to be told of a listing's price and stock; pure."""
