"""The registry: which force holds something under a token, and a catalogue of what there is: no name and no record."""
