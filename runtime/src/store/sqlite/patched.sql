-- Patches: changed code goes the new way. Never edited.

INSERT INTO event_name VALUES (33, 'patched');
