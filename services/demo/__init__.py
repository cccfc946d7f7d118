"""Sample stories, pictures and sounds, all made here, for a first look around."""
