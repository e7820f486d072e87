"""SuperOffice's NetServer as its clients know it: carriers, languages, time zones, media types, errors."""
