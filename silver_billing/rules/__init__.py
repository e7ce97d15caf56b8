"""Pure calculations: no ORM, no clock, no database. Everything comes in as an argument."""
