"""Reports that the law asks for: one value, from which page, PDF and JSON are made, in Swedish and in English."""
