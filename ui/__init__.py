"""Every way in: screens for people, REST for programs."""
