"""What an image runs when nothing else is asked: the service that it was built for."""

import os
import sys

from deploy.local.one import main

if __name__ == "__main__":
    sys.argv = [sys.argv[0], os.environ["SERVICE"]]
    main()
