"""What an app needs beside it: databases, caches, queues, and the variables that it reads for them."""
