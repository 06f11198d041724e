"""The textiles of the demo catalog: seamless tiles, woven thread by thread or printed on woven cloth."""
