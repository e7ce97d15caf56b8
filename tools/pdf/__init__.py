"""The two engines behind tools/wkhtmltopdf.py."""
