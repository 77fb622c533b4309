# Varnish 7 in front of Broadsheet, as /etc/varnish/default.vcl. Two sockets: readers ask at one, PURGE is taken at the
# other, which nobody but Broadsheet may reach:
#
#   varnishd -a readers=127.0.0.1:6081,HTTP -a purge=127.0.0.1:6082,HTTP -f /etc/varnish/default.vcl -s malloc,256m
#
# Whatever is kept, and for how long, is what Broadsheet's headers say.
vcl 4.1;

backend broadsheet {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 60s;  # a stream says something every 25 seconds
}

acl allowed {
    "127.0.0.1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (local.socket != "purge" || client.ip !~ allowed) {
            return (synth(405));
        }
        return (purge);
    }
    # Whoever bears a cookie of ours gets a page of their own; what other cookies say has no part in any page.
    if (req.http.Cookie ~ "(^|;\s*)(sessionid|broadsheet_guest|messages|csrftoken)=") {
        return (pass);
    }
    if (req.method == "GET" || req.method == "HEAD") {
        unset req.http.Cookie;
    }
    # Streams of events never end, and are nobody else's. Each keeps a thread: see thread_pool_max.
    if (req.url ~ "^/live/") {
        return (pass);
    }
    # What follows is Varnish's own: it writes who asked into X-Forwarded-For, and passes all but GET and HEAD, and
    # whoever brings credentials.
}

sub vcl_backend_response {
    # Nobody is shown a page beyond its time while the next one is fetched.
    set beresp.grace = 0s;
    # It stays a while to be asked about, so that one that has not changed is not sent again.
    set beresp.keep = 10m;
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
