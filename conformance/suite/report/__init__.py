"""Reports of one run, for people and for machines: console, TAP, JUnit, JSON, HTML."""
