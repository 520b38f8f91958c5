//! Durable engines that run the rules of the home inside their own transactions.
