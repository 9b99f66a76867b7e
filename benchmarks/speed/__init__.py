"""How fast the parts are beside dlib's, how many frames a second a camera's pipeline takes, and in how much memory."""
