Memory (MB)   Calls  File:Line:Function
---------------------------------------
     1.301        1  [unwatched]
---------------------------------------
Memory (MB)   Calls  File:Line:Function
Max mem usage: 4.02 MB
