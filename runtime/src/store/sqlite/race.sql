-- Version 5: races, the rows of `race!` and of `timeout` around a block.

INSERT INTO event_name VALUES (26, 'race-started'), (27, 'race-won');
