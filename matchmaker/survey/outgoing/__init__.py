"""Outgoing: templates, call sheets, marked copies and letters for firms, and the way back.

In order: call_sheet · excel_style · issue_text · marked · open_points · letters · write_survey ·
template.
"""
