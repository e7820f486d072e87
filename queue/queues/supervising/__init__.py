"""Web, cluster and demo ERP: started, watched, restarted and stopped by one foreground process."""
