import time, requests
def test_probe(start_server):
    for keep in (False, True):
        live = start_server()
        s = requests.Session()
        if keep:
            s.get(live.issuer + "/help")
        else:
            live.http.get(live.issuer + "/help", headers={"Connection": "close"}); live.http.close()
        t = time.perf_counter(); live.stop(); print("PROBE stop", keep, round(time.perf_counter() - t, 2))
        live.stop = lambda: None
