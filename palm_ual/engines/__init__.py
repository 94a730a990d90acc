"""Where agents run. An engine carries out what it is told and reports what it saw; it decides nothing about fleets."""
